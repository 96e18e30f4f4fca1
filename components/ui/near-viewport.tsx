'use client';

import { type ReactNode, useEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';

interface NearViewportProps {
  /** Height that is kept free until it is drawn, in px; what it had when it was last drawn counts from then on. */
  height: number;
  children: ReactNode;
}

/** How far from the window something is drawn already: about one screen, so that scrolling shows no gaps. */
const margin = '800px 0px';

// One observer for all: a page has a hundred of them.
const watched = new Map<Element, (isNear: boolean) => void>();
let observer: IntersectionObserver | undefined;

function watch(element: Element, onChange: (isNear: boolean) => void): () => void {
  observer ??= new IntersectionObserver(
    (entries) => {
      for (const entry of entries) watched.get(entry.target)?.(entry.isIntersecting);
    },
    { rootMargin: margin },
  );
  watched.set(element, onChange);
  observer.observe(element);
  return () => {
    watched.delete(element);
    observer?.unobserve(element);
  };
}

/**
 * Draws its children only while they are near the window, and all of them for the printer. A page of a hundred charts
 * is tens of thousands of elements; a change of theme has to style every one of them anew.
 */
export function NearViewport({ height, children }: NearViewportProps) {
  const box = useRef<HTMLDivElement>(null);
  const [isNear, setNear] = useState(false);
  const [isPrinted, setPrinted] = useState(false);
  const [kept, setKept] = useState(height);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const stop = watch(element, (near) => {
      // What it takes now is what it will take again: nothing below may jump.
      if (!near && element.offsetHeight > 0) setKept(element.offsetHeight);
      setNear(near);
    });
    const print = window.matchMedia('print');
    // Drawn before the browser takes its picture, not some moments later.
    const onPrint = () => flushSync(() => setPrinted(print.matches));
    print.addEventListener('change', onPrint);
    return () => {
      stop();
      print.removeEventListener('change', onPrint);
    };
  }, []);
  const isDrawn = isNear || isPrinted;
  return (
    <div ref={box} style={isDrawn ? undefined : { height: kept }}>
      {isDrawn ? children : null}
    </div>
  );
}

'use client';

import { X } from 'lucide-react';
import { Toast as Primitive } from 'radix-ui';
import { createContext, type ReactNode, useCallback, useContext, useState } from 'react';
import { IconButton } from '@/components/ui/button';
import { StatusMark } from '@/components/ui/status-mark';

export interface ToastMessage {
  title: string;
  text?: string;
  tone?: 'ok' | 'warn' | 'crit';
}

const ToastContext = createContext<(message: ToastMessage) => void>(() => {});

/** Says that something has been done: `const toast = useToast(); toast({ title: 'Saved', tone: 'ok' })`. */
export function useToast(): (message: ToastMessage) => void {
  return useContext(ToastContext);
}

export function ToastProvider({ children }: { children: ReactNode }) {
  const [messages, setMessages] = useState<(ToastMessage & { id: number })[]>([]);
  const add = useCallback((message: ToastMessage) => {
    setMessages((all) => [...all.slice(-3), { ...message, id: (all.at(-1)?.id ?? 0) + 1 }]);
  }, []);
  const remove = (id: number) => setMessages((all) => all.filter((message) => message.id !== id));
  return (
    <ToastContext value={add}>
      <Primitive.Provider swipeDirection="right" duration={6000}>
        {children}
        {messages.map((message) => (
          <Primitive.Root
            key={message.id}
            onOpenChange={(open) => {
              if (!open) remove(message.id);
            }}
            className="flex items-start gap-3 rounded-lg border border-line bg-raised p-3 shadow-raised"
          >
            <div className="min-w-0 flex-1">
              <Primitive.Title className="flex items-center gap-2 font-medium">
                {message.tone ? <StatusMark status={message.tone} word="" /> : null}
                {message.title}
              </Primitive.Title>
              {message.text ? (
                <Primitive.Description className="mt-0.5 text-sm text-muted">
                  {message.text}
                </Primitive.Description>
              ) : null}
            </div>
            <Primitive.Close asChild>
              <IconButton label="Dismiss" size="small">
                <X aria-hidden className="size-4" />
              </IconButton>
            </Primitive.Close>
          </Primitive.Root>
        ))}
        <Primitive.Viewport className="fixed right-0 bottom-0 z-50 flex w-96 max-w-full flex-col gap-2 p-4 outline-none" />
      </Primitive.Provider>
    </ToastContext>
  );
}

'use client';

import type { LucideIcon } from 'lucide-react';

export interface PaletteJob {
  id: string;
  title: string;
  icon: LucideIcon;
}

/** The kinds of job that the palette offers. */
export function usePaletteJobs(): PaletteJob[] {
  return [];
}

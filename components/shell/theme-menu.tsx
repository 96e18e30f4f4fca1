'use client';

import { Monitor, Moon, Sun } from 'lucide-react';
import { useEffect, useState } from 'react';
import { themeKey } from '@/components/shell/theme-script';
import { IconButton } from '@/components/ui/button';
import { Menu } from '@/components/ui/menu';

type Theme = 'system' | 'light' | 'dark';

function storedTheme(): Theme {
  try {
    const theme = localStorage.getItem(themeKey);
    return theme === 'light' || theme === 'dark' ? theme : 'system';
  } catch {
    // A browser that keeps nothing follows the system.
    return 'system';
  }
}

function applyTheme(theme: Theme): void {
  const root = document.documentElement;
  // Every button fades from colour to colour: thousands of them at once hold the page up for seconds.
  root.dataset.switching = '';
  requestAnimationFrame(() => requestAnimationFrame(() => delete root.dataset.switching));
  if (theme === 'system') delete root.dataset.theme;
  else root.dataset.theme = theme;
  try {
    if (theme === 'system') localStorage.removeItem(themeKey);
    else localStorage.setItem(themeKey, theme);
  } catch {
    // The choice then lasts for this page only.
  }
}

const themes = [
  { id: 'system', label: 'As the system', icon: Monitor },
  { id: 'light', label: 'Light', icon: Sun },
  { id: 'dark', label: 'Dark', icon: Moon },
] as const;

export function ThemeMenu() {
  const [theme, setTheme] = useState<Theme>('system');
  useEffect(() => setTheme(storedTheme()), []);
  const Icon = themes.find((each) => each.id === theme)?.icon ?? Monitor;
  return (
    <Menu
      label="Theme"
      trigger={
        <IconButton label="Theme">
          <Icon aria-hidden className="size-4" />
        </IconButton>
      }
      items={themes.map((each) => ({
        id: each.id,
        label: each.label,
        checked: theme === each.id,
        onSelect: () => {
          applyTheme(each.id);
          setTheme(each.id);
        },
      }))}
    />
  );
}

import {
  ArrowLeftRight,
  Blocks,
  Crosshair,
  Flag,
  type LucideIcon,
  OctagonAlert,
  Play,
  RotateCw,
  SlidersHorizontal,
  TableProperties,
} from 'lucide-react';
import type { MarkKind } from '@/components/charts/marks';

/** Each kind of mark with its glyph and words: they are told apart without their colours. */
export const markLooks: Record<MarkKind, { icon: LucideIcon; word: string; one: string }> = {
  failover: { icon: ArrowLeftRight, word: 'Failovers', one: 'Failover' },
  restart: { icon: RotateCw, word: 'Restarts', one: 'Restart' },
  finding: { icon: OctagonAlert, word: 'Critical findings', one: 'Critical finding' },
  mark: { icon: Flag, word: 'Marks', one: 'Mark' },
  setting: { icon: SlidersHorizontal, word: 'Settings', one: 'Setting' },
  schema: { icon: TableProperties, word: 'Schema', one: 'Schema' },
  extension: { icon: Blocks, word: 'Extensions', one: 'Extension' },
  run: { icon: Play, word: 'Runs', one: 'Run' },
  moment: { icon: Crosshair, word: 'Moment', one: 'Moment' },
};

'use client';

import { Command, useCommandState } from 'cmdk';
import { ArchiveRestore, Database, LifeBuoy, Server, Siren } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { Dialog } from 'radix-ui';
import type { ReactNode } from 'react';
import { useClusters } from '@/components/data/clusters';
import { navItems } from '@/components/shell/nav-items';
import { paletteScore } from '@/components/shell/palette-filter';
import { usePaletteJobs } from '@/components/shell/palette-jobs';
import { StatusMark } from '@/components/ui/status-mark';

const groupClass =
  '**:[[cmdk-group-heading]]:px-2 **:[[cmdk-group-heading]]:pt-2 **:[[cmdk-group-heading]]:pb-1 **:[[cmdk-group-heading]]:text-xs **:[[cmdk-group-heading]]:text-muted';

interface EntryProps {
  /** Unique; ids keep two servers of one name apart. */
  value: string;
  words: string;
  icon: ReactNode;
  note?: ReactNode;
  onSelect: () => void;
}

function Entry({ value, words, icon, note, onSelect }: EntryProps) {
  return (
    <Command.Item
      value={value}
      keywords={[words]}
      onSelect={onSelect}
      className="flex h-8 cursor-pointer items-center gap-2 rounded-md px-2 text-sm data-[selected=true]:bg-accent-soft"
    >
      <span className="text-muted">{icon}</span>
      <span className="min-w-0 flex-1 truncate">{words}</span>
      {note ? <span className="truncate text-xs text-muted">{note}</span> : null}
    </Command.Item>
  );
}

/** Everything that can be reached, by a few letters: clusters, instances, pages, jobs. */
export function Palette({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-black/45" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed top-[12vh] left-1/2 z-50 w-[calc(100vw-2rem)] max-w-xl -translate-x-1/2 overflow-hidden rounded-lg border border-line bg-raised shadow-raised"
        >
          <Dialog.Title className="sr-only">Go to</Dialog.Title>
          <PaletteList onDone={() => onOpenChange(false)} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

const recoveryPages = [
  { path: 'restore', words: (name: string) => `Restore ${name}`, icon: ArchiveRestore },
  { path: 'recovery', words: (name: string) => `Recovery of ${name}`, icon: LifeBuoy },
  { path: 'emergency', words: (name: string) => `Emergency sheet of ${name}`, icon: Siren },
];

/** Where a loss is mended, of each cluster: offered once something is typed, so that they do not hide the rest. */
function RecoveryEntries({
  clusters,
  go,
}: {
  clusters: readonly { id: string; name: string; environment: string }[];
  go: (href: string) => void;
}) {
  const typed = useCommandState((state) => state.search.trim() !== '');
  if (!typed) return null;
  return (
    <Command.Group heading="When something is lost" className={groupClass}>
      {clusters.flatMap((cluster) =>
        recoveryPages.map(({ path, words, icon: Icon }) => (
          <Entry
            key={`${path} ${cluster.id}`}
            value={`${path} ${cluster.id}`}
            words={words(cluster.name)}
            icon={<Icon aria-hidden className="size-4" />}
            note={cluster.environment}
            onSelect={() => go(`/clusters/${cluster.id}/${path}`)}
          />
        )),
      )}
    </Command.Group>
  );
}

function PaletteList({ onDone }: { onDone: () => void }) {
  const router = useRouter();
  const clusters = useClusters();
  const jobs = usePaletteJobs();
  const go = (href: string) => {
    onDone();
    router.push(href);
  };
  return (
    <Command label="Go to" loop filter={paletteScore}>
      <Command.Input
        placeholder="Cluster, instance, page or job"
        className="h-11 w-full border-b border-line bg-transparent px-3 text-base outline-none placeholder:text-faint"
      />
      <Command.List className="max-h-[50vh] overflow-auto p-1">
        <Command.Empty className="px-3 py-6 text-center text-sm text-muted">
          Nothing has this name.
        </Command.Empty>
        <RecoveryEntries clusters={clusters.data?.items ?? []} go={go} />
        <Command.Group heading="Clusters and instances" className={groupClass}>
          {(clusters.data?.items ?? []).flatMap((cluster) => [
            <Entry
              key={cluster.id}
              value={`cluster ${cluster.id}`}
              words={cluster.name}
              icon={<Database aria-hidden className="size-4" />}
              note={cluster.environment}
              onSelect={() => go(`/clusters/${cluster.id}`)}
            />,
            ...cluster.instances.map((instance) => (
              <Entry
                key={instance.id}
                value={`instance ${instance.id}`}
                words={`${cluster.name} ${instance.name}`}
                icon={<Server aria-hidden className="size-4" />}
                note={instance.reachable === false ? <StatusMark status="unreachable" /> : instance.role}
                onSelect={() => go(`/instances/${instance.id}`)}
              />
            )),
          ])}
        </Command.Group>
        <Command.Group heading="Pages" className={groupClass}>
          {navItems.map((item) => (
            <Entry
              key={item.href}
              value={`page ${item.href}`}
              words={item.label}
              icon={<item.icon aria-hidden className="size-4" />}
              note={`g ${item.key}`}
              onSelect={() => go(item.href)}
            />
          ))}
        </Command.Group>
        <Command.Group heading="Jobs" className={groupClass}>
          {jobs.map((job) => (
            <Entry
              key={job.id}
              value={`job ${job.id}`}
              words={job.title}
              icon={<job.icon aria-hidden className="size-4" />}
              onSelect={() => go(`/jobs/${encodeURIComponent(job.id)}`)}
            />
          ))}
        </Command.Group>
      </Command.List>
    </Command>
  );
}

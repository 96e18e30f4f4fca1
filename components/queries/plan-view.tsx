import { useMemo } from 'react';
import { type PlanNode, type PlanTree, planText, planTree } from '@/components/queries/plan-tree';
import { classNames } from '@/components/ui/class-names';
import { CodeBlock } from '@/components/ui/code-block';
import { StatusMark } from '@/components/ui/status-mark';
import { formatNumber, formatValue } from '@/lib/base/format';

/** From here on an estimate is so wrong that another plan may be the better one. */
const wrongFactor = 10;
const deepestIndent = 12;

/** A plan of the server as a tree with shares, rows and estimates; the raw text is one click away. */
export function PlanView({ text, isCut }: { text: string; isCut: boolean }) {
  const tree = useMemo(() => planTree(text), [text]);
  return (
    <div className="flex flex-col gap-3">
      {tree ? (
        <Tree tree={tree} />
      ) : (
        <p className="text-sm">
          <StatusMark status="unknown" word="" />{' '}
          {isCut
            ? 'The plan is larger than 1 MiB: its beginning stands below and cannot be drawn.'
            : 'The server’s answer is no plan that this page can draw; it stands below.'}
        </p>
      )}
      <details className="text-sm">
        <summary>As text and JSON</summary>
        <div className="mt-2 flex flex-col gap-2">
          {tree ? <CodeBlock code={planText(tree)} label="Plan as text" /> : null}
          <CodeBlock code={text} label="Plan as JSON" />
        </div>
      </details>
    </div>
  );
}

/** Set by the console for the question itself: they say nothing of the server. */
const ownSettings = ['jit', 'plan_cache_mode', 'search_path'];

function Tree({ tree }: { tree: PlanTree }) {
  const settings = tree.settings.filter(([name]) => !ownSettings.includes(name));
  const times = [
    tree.planningMs === null ? null : `planning ${formatValue(tree.planningMs, 'milliseconds')}`,
    tree.executionMs === null ? null : `execution ${formatValue(tree.executionMs, 'milliseconds')}`,
  ].filter(Boolean);
  return (
    <div>
      {/* A scrolling region must be reachable by keyboard. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls */}
      <section aria-label="Plan" tabIndex={0} className="overflow-x-auto">
        <table className="w-full border-separate border-spacing-0 text-sm">
          <thead>
            <tr className="text-left text-xs text-muted">
              <th className="border-b py-1 pr-2 font-medium">Node</th>
              <th className="border-b px-2 py-1 font-medium">{tree.isAnalyzed ? 'Own time' : 'Own cost'}</th>
              <th className="border-b px-2 py-1 text-right font-medium">
                {tree.isAnalyzed ? 'With children' : 'Total cost'}
              </th>
              <th className="border-b px-2 py-1 text-right font-medium">Rows estimated</th>
              {tree.isAnalyzed ? (
                <>
                  <th className="border-b px-2 py-1 text-right font-medium">Rows actual</th>
                  <th className="border-b px-2 py-1 text-right font-medium">Loops</th>
                  <th className="border-b px-2 py-1 font-medium">Buffers</th>
                </>
              ) : null}
            </tr>
          </thead>
          <tbody>
            {tree.nodes.map((node) => (
              <NodeRow key={node.id} node={node} isAnalyzed={tree.isAnalyzed} />
            ))}
          </tbody>
        </table>
      </section>
      <p className="mt-2 text-xs text-muted">
        {tree.isAnalyzed
          ? `Rows are per loop. ${times.join(', ')}.`
          : 'Cost is the planner’s own measure; nothing was executed.'}
        {tree.triggers.map(([name, ms]) => ` Trigger ${name}: ${formatValue(ms, 'milliseconds')}.`)}
        {settings.length > 0
          ? ` Settings that are not the default: ${settings.map(([name, value]) => `${name} = ${value}`).join(', ')}.`
          : ''}
      </p>
    </div>
  );
}

function NodeRow({ node, isAnalyzed }: { node: PlanNode; isAnalyzed: boolean }) {
  const cell = 'border-b px-2 py-1 align-top whitespace-nowrap';
  return (
    <tr>
      <td className="border-b py-1 pr-2 align-top">
        <div
          className="min-w-52 border-l border-line pl-2"
          style={{ marginLeft: `${Math.min(node.depth, deepestIndent) * 14}px` }}
        >
          <span className={classNames('font-medium', node.sharePercent >= 50 && 'text-accent')}>
            {node.title}
          </span>
          {isAnalyzed && node.loops === 0 ? (
            <span className="ml-1.5 text-xs text-muted">never ran</span>
          ) : null}
          {node.details.map(([label, text]) => (
            <span key={label} className="block max-w-xl font-mono text-xs break-words text-muted">
              {label}: {text}
            </span>
          ))}
        </div>
      </td>
      <td className={cell}>
        <Share percent={node.sharePercent} />{' '}
        {isAnalyzed ? formatValue(node.selfMs, 'milliseconds') : `${formatNumber(node.sharePercent)} %`}
      </td>
      <td className={classNames(cell, 'text-right')}>
        {isAnalyzed ? formatValue(node.totalMs, 'milliseconds') : formatNumber(node.cost)}
      </td>
      <td className={classNames(cell, 'text-right')}>{formatNumber(node.rowsPlanned)}</td>
      {isAnalyzed ? (
        <>
          <td className={classNames(cell, 'text-right')}>
            {node.rowsActual === null ? '–' : formatNumber(node.rowsActual)}
            <EstimateError node={node} />
          </td>
          <td className={classNames(cell, 'text-right')}>
            {node.loops === null ? '–' : formatNumber(node.loops)}
          </td>
          <td className={classNames(cell, 'text-xs')}>{node.buffers ?? '–'}</td>
        </>
      ) : null}
    </tr>
  );
}

function Share({ percent }: { percent: number }) {
  return (
    <span aria-hidden className="mr-1 inline-block h-2 w-16 rounded-sm bg-sunken align-middle">
      <span
        className="block h-2 rounded-sm bg-accent"
        style={{ width: `${Math.max(percent > 0 ? 2 : 0, percent)}%` }}
      />
    </span>
  );
}

function EstimateError({ node }: { node: PlanNode }) {
  if (node.rowsFactor === null || node.rowsFactor < wrongFactor) return null;
  const way = (node.rowsActual ?? 0) > node.rowsPlanned ? 'too few' : 'too many';
  return (
    <StatusMark
      status="warn"
      word={`×${formatNumber(Math.round(node.rowsFactor))} ${way}`}
      className="ml-1.5 text-xs"
    />
  );
}

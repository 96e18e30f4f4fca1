import { processIo } from '@/lib/cli/io';
import { main } from '@/lib/cli/main';

process.exitCode = await main(process.argv.slice(2), processIo());

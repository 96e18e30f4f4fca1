/** How a server archives, as it says itself. Some of it is shown to members of pg_read_all_settings only. */
export const archivingSql = `
      select
        current_setting('archive_mode') as mode,
        current_setting('archive_command') as command,
        nullif(current_setting('archive_library', true), '') as library,
        current_setting('data_directory') as data_directory,
        setting::float8 as timeout_seconds
      from pg_settings
      where name = 'archive_timeout'`;

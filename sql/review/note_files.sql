-- reads   files
-- gives   noted_files: the content of every file as the trail names it now
insert or replace into noted_files
select file_id, bytes_read, prefix_digest
from files

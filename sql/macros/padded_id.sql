-- gives  padded_id(id, digits): a number with zeros in front up to so many digits; other identifiers as they are
create or replace temp macro padded_id(id, digits) as
case
    when length(id) < digits and regexp_full_match(id, '[0-9]+') then lpad(id, digits, '0')
    else id
end;

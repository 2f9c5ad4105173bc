-- gives  has_word(text, words): whether a text contains one of some words in lower case; its own case does not matter
create or replace temp macro has_word(text, words) as
coalesce(len(list_filter(words, lambda word: contains(lower(text), word))) > 0, false);

# Prints a header as the reference shows it: without what is the library's own in signatures, and with links to pages.
s/detail::default_token</default_token</
s/= detail::default_token_executor<Executor>/= Executor/
s/detail::\(event_sequence\|sink_function\|source_function\) \([A-Z]\)/class \2/
s/std::same_as<byte_range> Range/class Range/
/^ *requires(.*)$/s/.*//
/^ *requires(!*[^)]*&&$/,/)$/s/.*//
/^ *requires .*detail::.*$/s/.*//
s#docs/\([a-z-]*\)\.md#@ref docs_\1#g

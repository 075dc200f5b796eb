// Package bench compares operations of the REST routes with their floors: bare handlers
// that look up the same key, run the operation's own statements prepared on the raw driver,
// and sync the same bytes. Both run over HTTP in the same process, on the same database, in
// turns. It has tests only; make bench runs them.
//
// The one rule to know: a figure means nothing by itself. Read the ratios, which are of
// one run.
package bench

// Package workload puts load on a server in tests. Workers do over HTTP what agents
// and people do and record every response, while the test kills the server, its
// database or its bucket. Then an [Inspection] reads every row and every byte and
// compares them with the record.
package workload

// Package workload puts a server to work, for tests: workers do over HTTP what agents
// and people do and remember what they were told, while it is killed or what it
// stands on comes and goes. Then a survey looks at every row and every byte.
//
// The one rule to know: workers believe only what the server acknowledged, and
// the survey believes nobody.
package workload

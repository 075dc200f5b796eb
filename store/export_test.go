package store

import "github.com/10ex/assets"

// PurgedTables returns the tables from which a purge removes the rows of a workspace.
func PurgedTables(s *Store) []string {
	tables := []string{"asset_purges"} // in the end
	for _, step := range s.engine.purgeSteps() {
		tables = append(tables, step.table)
	}
	return tables
}

// DecodeTags returns the tags in a column.
func DecodeTags(text string) (assets.Tags, error) { return decodeTags(text) }

// CommonLists returns the statements of lists that are hot.
func CommonLists(s *Store) []string { return commonLists(s.engine) }

// QueueStatements returns the statements of the queue of long texts.
func QueueStatements(s *Store) []string {
	h := s.hot
	return []string{h.textUpTo, h.enqueue, h.unindexed, h.behind, h.dequeueIf, h.dequeue}
}

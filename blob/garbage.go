package blob

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

const sweepBatch = 500 // keys settled in one transaction

// found is a content with its renditions: what a listing has under one
// content key.
type found struct {
	objects []Object
	old     bool // one of them is older than the age
}

type batch map[string]*found

func (b batch) add(key string, o Object, old bool) {
	f := b[key]
	if f == nil {
		f = &found{}
		b[key] = f
	}
	f.objects = append(f.objects, o)
	f.old = f.old || old
}

// collect lists the whole bucket and answers what is unreferenced and old. It
// writes nothing.
func (s *sweep) collect(ctx context.Context) (batch, error) {
	oldest := s.Now().Add(-s.Age)
	unreferenced, asking := batch{}, batch{}
	for o, err := range s.Bucket.List(ctx, "") {
		if err != nil {
			return nil, fmt.Errorf("blob: sweep: listing: %w", err)
		}
		s.report.Scanned++
		key, ours := contentKey(o.Key)
		if !ours {
			s.report.Foreign++
			continue
		}
		asking.add(key, o, o.ModTime.Before(oldest))
		if len(asking) == sweepBatch {
			if err := s.ask(ctx, asking, unreferenced); err != nil {
				return nil, err
			}
		}
	}
	if err := s.ask(ctx, asking, unreferenced); err != nil {
		return nil, err
	}
	maps.DeleteFunc(unreferenced, func(_ string, f *found) bool {
		if !f.old {
			s.report.Young += len(f.objects)
		}
		return !f.old
	})
	return unreferenced, nil
}

// ask moves what the database does not reference from one batch to another,
// and empties the first.
func (s *sweep) ask(ctx context.Context, asking, unreferenced batch) error {
	keys, err := s.condemn(ctx, slices.Collect(maps.Keys(asking)), true)
	if err != nil {
		return err
	}
	for _, key := range keys {
		for _, o := range asking[key].objects {
			unreferenced.add(key, o, asking[key].old)
		}
		delete(asking, key)
	}
	for _, f := range asking {
		s.report.Referenced += len(f.objects)
	}
	clear(asking)
	return nil
}

// condemn settles keys, and believes no answer about others.
func (s *sweep) condemn(ctx context.Context, keys []string, dry bool) ([]string, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	slices.Sort(keys)
	unreferenced, err := s.Ledger.Condemn(ctx, keys, s.now, dry)
	if err != nil {
		return nil, fmt.Errorf("blob: sweep: settling %d keys: %w", len(keys), err)
	}
	return slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(unreferenced))), func(key string) bool {
		_, asked := slices.BinarySearch(keys, key)
		return !asked
	}), nil
}

// delete settles garbage for good, batch by batch, and deletes it.
func (s *sweep) delete(ctx context.Context, garbage batch) error {
	for keys := range slices.Chunk(slices.Sorted(maps.Keys(garbage)), sweepBatch) {
		condemned, err := s.condemn(ctx, slices.Clone(keys), s.DryRun)
		if err != nil {
			return err
		}
		for _, key := range condemned {
			if err := s.deleteObjects(ctx, garbage[key].objects); err != nil {
				return err
			}
			delete(garbage, key)
		}
		for _, key := range keys { // committed since the listing
			if f, kept := garbage[key]; kept {
				s.report.Referenced += len(f.objects)
			}
		}
	}
	return nil
}

func (s *sweep) deleteObjects(ctx context.Context, objects []Object) error {
	for _, o := range objects {
		if !s.DryRun {
			if err := s.Bucket.Delete(ctx, o.Key); err != nil {
				return fmt.Errorf("blob: sweep: %w", err)
			}
		}
		s.report.Deleted++
		s.report.Bytes += o.Size
	}
	return nil
}

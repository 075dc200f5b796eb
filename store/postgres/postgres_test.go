package postgres_test

import (
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/pgtest"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
)

func TestNewRefusesWhatIsNotDurable(t *testing.T) {
	t.Parallel()
	url := migrated(t) // on a server with fsync=off
	if _, err := postgres.Open(t.Context(), url, store.Options{}); err == nil || !strings.Contains(err.Error(), "fsync") {
		t.Errorf("got %v, want an error that names fsync", err)
	}
	_, err := postgres.Open(t.Context(), url+"&synchronous_commit=off", store.Options{})
	if err == nil || !strings.Contains(err.Error(), "synchronous_commit") {
		t.Errorf("got %v, want an error that names synchronous_commit", err)
	}
}

func TestMalformedDSNIsRefusedWithoutItsPassword(t *testing.T) {
	t.Parallel()
	const dsn = "postgres://ann:secret@localhost:port/assets"
	_, err := postgres.Open(t.Context(), dsn, store.Options{})
	for _, err := range []error{err, postgres.Migrate(t.Context(), dsn)} {
		if err == nil || !strings.HasPrefix(err.Error(), "postgres: ") || strings.Contains(err.Error(), "secret") {
			t.Errorf("got %v, want an error without the password", err)
		}
	}
}

func TestEscapesAreRefusedDBF04(t *testing.T) {
	t.Parallel()
	url := migrated(t)
	_, err := postgres.Open(t.Context(), url+"&standard_conforming_strings=off", store.Options{Relaxed: true})
	if err == nil || !strings.Contains(err.Error(), "standard_conforming_strings") {
		t.Errorf("got %v, want an error that names the setting", err)
	}
	st := openURL(t, url, store.Options{Relaxed: true})
	st.DB().SetMaxOpenConns(1)
	for range 2 { // a connection of the pool on which a host has set it is discarded
		if _, err := st.DB().ExecContext(t.Context(), "SET standard_conforming_strings = off"); err != nil {
			t.Fatal(err)
		}
		a := sqltest.NewAsset(1)
		a.Title = `\' OR 1=1 --`
		err := st.Update(t.Context(), func(tx assets.Tx) error { return tx.PutAsset(t.Context(), a, nil) })
		if err != nil {
			t.Fatal(err)
		}
		if got, err := st.Asset(t.Context(), "w", a.ID); err != nil || got.Title != a.Title {
			t.Errorf("read %+v, %v", got, err)
		}
	}
}

// TestVolumeListsAreInByteOrder checks that lists are in the order in which Go compares
// strings, whatever the collation of the database.
func TestVolumeListsAreInByteOrder(t *testing.T) {
	t.Parallel()
	const name = "test_collated"
	server := pgtest.Start(t, "fsync=off")
	server.Exec(t, "CREATE DATABASE "+name+" TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en'")
	if err := postgres.Migrate(t.Context(), server.URL(name)); err != nil {
		t.Fatal(err)
	}
	st := openURL(t, server.URL(name), store.Options{Relaxed: true})
	ids := []string{"A", "B", "Z", "_", "a", "b", "é", "😀"} // "a" < "A" < "b" in English
	err := st.Update(t.Context(), func(tx assets.Tx) error {
		for _, id := range ids {
			a := sqltest.NewAsset(0)
			a.ID, a.Tags = assets.ID(id), assets.Tags{id: {"x"}}
			if err := tx.PutAsset(t.Context(), a, nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []assets.Filter{
		{},
		{Statuses: []assets.Status{assets.StatusDraft, assets.StatusApproved}},
		{IDs: []assets.ID{"b", "A", "a", "B", "Z", "_", "é", "😀"}},
	} {
		list, err := st.Assets(t.Context(), "w", f, assets.Window{Ascending: true, Limit: 50})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, a := range list {
			got = append(got, string(a.ID))
		}
		if strings.Join(got, " ") != strings.Join(ids, " ") {
			t.Errorf("%+v: %v, want %v", f, got, ids)
		}
	}
	tags, err := st.TagCounts(t.Context(), "w", assets.TagWindow{Limit: 50})
	if err != nil || len(tags) != len(ids) {
		t.Fatalf("%d tags, %v", len(tags), err)
	}
	for i, tag := range tags {
		if tag.Key != ids[i] {
			t.Errorf("tag %d is %q, want %q", i, tag.Key, ids[i])
		}
	}
}

package pgtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Migrated returns the URL of a fresh database that has the schema which migrate
// makes, and ends with the test. migrate runs once in a process, on a template;
// every database is a copy of it. All callers in a process must pass the same
// function, since the first one makes the template.
//
// Rows that migrate writes are the same in every copy, random values too: tests of
// package store use sqltest.Postgres, which changes them. Without a server the test
// is skipped or fails, as with [Database].
func Migrated(t testing.TB, migrate func(ctx context.Context, url string) error) string {
	t.Helper()
	require(t)
	s, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	s.template.once.Do(func() { s.template.name, s.template.err = s.newTemplate(migrate) })
	if s.template.err != nil {
		t.Fatal(s.template.err)
	}
	return s.copy(t, s.template.name)
}

// template is a database that others are copied from.
type template struct {
	once sync.Once
	name string
	err  error
}

// newTemplate makes a database and migrates it. It outlives the test that is the
// first to need it.
func (s *Server) newTemplate(migrate func(ctx context.Context, url string) error) (string, error) {
	ctx, cancel := detached()
	defer cancel()
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close(ctx) }()
	name := "template_" + strings.ToLower(rand.Text())
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		return "", fmt.Errorf("pgtest: create a template: %w", err)
	}
	if err := migrate(ctx, s.URL(name)); err != nil {
		return "", fmt.Errorf("pgtest: migrate the template: %w", err)
	}
	return name, nil
}

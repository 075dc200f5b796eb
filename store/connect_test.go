package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"testing"
)

func TestConnectedTriesAgain(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	other := errors.New("syntax error")
	closed := fmt.Errorf("begin: %w", driver.ErrBadConn)
	for name, test := range map[string]struct {
		ctx   context.Context
		fails int
		err   error
		runs  int
		want  error
	}{
		"a connection that is open":   {t.Context(), 0, closed, 1, nil},
		"some that are closed":        {t.Context(), 7, closed, 8, nil},
		"all are closed":              {t.Context(), 1 << 30, closed, maxConnects, closed},
		"the caller does not wait":    {ended, 1 << 30, closed, 1, closed},
		"the statement itself failed": {t.Context(), 1, other, 1, other},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runs := 0
			err := connected(test.ctx, func() error {
				if runs++; runs <= test.fails {
					return test.err
				}
				return nil
			})
			if !errors.Is(err, test.want) || runs != test.runs {
				t.Errorf("%v after %d runs, want %v after %d", err, runs, test.want, test.runs)
			}
		})
	}
}

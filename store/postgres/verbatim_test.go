package postgres_test

import (
	"testing"

	"github.com/10ex/assets/internal/testing/sqltest"
)

func TestDBF04Verbatim(t *testing.T) {
	t.Parallel()
	sqltest.Verbatim(t, openFresh)
}

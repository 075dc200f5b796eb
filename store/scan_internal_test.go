package store

import (
	"database/sql"
	"reflect"
	"slices"
	"testing"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
)

// TestFieldsOfPages: the columns of pages are scanned without bun, which is right for texts,
// integers and pointers to these that have no method Scan.
func TestFieldsOfPages(t *testing.T) {
	t.Parallel()
	db := bun.NewDB(nil, sqlitedialect.New())
	kinds := []reflect.Kind{reflect.String, reflect.Int, reflect.Int64}
	for _, row := range []any{perspectiveRow{}, versionRow{}, reviewRow{}, eventRow{}} {
		for _, field := range db.Table(reflect.TypeOf(row)).Fields {
			of := field.StructField.Type
			if of.Kind() == reflect.Pointer {
				of = of.Elem()
			}
			if !slices.Contains(kinds, of.Kind()) || reflect.PointerTo(of).Implements(reflect.TypeFor[sql.Scanner]()) {
				t.Errorf("%T: the column %s has the type %s", row, field.Name, field.StructField.Type)
			}
		}
	}
}

package store

import (
	"database/sql"
	"fmt"
	"reflect"

	"github.com/uptrace/bun"
)

// destinations returns a scan destination for each column: the field of row, which is a
// pointer, that bun maps it to. bun itself looks up the field of each column of each row, and
// converts the value by reflection.
func destinations(db *bun.DB, rows *sql.Rows, row any) ([]any, error) {
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	v := reflect.ValueOf(row).Elem()
	table := db.Table(v.Type())
	into := make([]any, len(columns))
	for i, column := range columns {
		if field := table.LookupField(column); field != nil {
			into[i] = destination(field.Value(v).Addr())
		} else {
			into[i] = new(any) // a newer schema has the column
		}
	}
	return into, nil
}

// destination returns a scan destination for a field, given by a pointer. The field is a
// text, an integer or a pointer to one, and scans nothing itself.
func destination(field reflect.Value) any {
	for _, scanner := range []reflect.Type{reflect.TypeFor[*textColumn](), reflect.TypeFor[*intColumn](), reflect.TypeFor[*int64Column]()} {
		if field.CanConvert(scanner) {
			return field.Convert(scanner).Interface()
		}
	}
	return field.Interface() // of a pointer, which is nil for NULL
}

// The scanners of fields that are texts and integers, of any such type. NULL is the zero
// value.
type (
	textColumn  string
	intColumn   int
	int64Column int64
)

// Scan implements [sql.Scanner].
func (t *textColumn) Scan(src any) error {
	switch src := src.(type) {
	case string:
		*t = textColumn(src)
	case []byte:
		*t = textColumn(src)
	case nil:
		*t = ""
	default:
		return fmt.Errorf("store: %T for a text", src)
	}
	return nil
}

// Scan implements [sql.Scanner].
func (n *intColumn) Scan(src any) error { return scanInteger(n, src) }

// Scan implements [sql.Scanner].
func (n *int64Column) Scan(src any) error { return scanInteger(n, src) }

func scanInteger[N intColumn | int64Column](n *N, src any) error {
	switch src := src.(type) {
	case int64:
		*n = N(src)
	case nil:
		*n = 0
	default:
		return fmt.Errorf("store: %T for an integer", src)
	}
	return nil
}

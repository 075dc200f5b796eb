package assetstest

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/10ex/assets"
)

// absent reports whether err is ErrNotFound.
func absent(err error) bool { return errors.Is(err, assets.ErrNotFound) }

// difference returns a line for each field in which got differs from want. Nil
// and empty slices are equal, and so are nil and empty maps.
func difference(got, want any) string {
	return strings.Join(differences("", reflect.ValueOf(got), reflect.ValueOf(want)), "\n")
}

func differences(path string, got, want reflect.Value) []string {
	if !got.IsValid() || !want.IsValid() || got.Type() != want.Type() {
		if got.IsValid() == want.IsValid() && !got.IsValid() {
			return nil
		}
		return []string{fmt.Sprintf("%s: got %v, want %v", path, got, want)}
	}
	switch want.Kind() {
	case reflect.Pointer:
		if got.IsNil() || want.IsNil() {
			return unequal(path, got, want, got.IsNil() == want.IsNil())
		}
		return differences(path, got.Elem(), want.Elem())
	case reflect.Struct:
		var all []string
		for i := range want.NumField() {
			all = append(all, differences(path+"."+want.Type().Field(i).Name, got.Field(i), want.Field(i))...)
		}
		return all
	case reflect.Slice:
		return sliceDifferences(path, got, want)
	case reflect.Map:
		return mapDifferences(path, got, want)
	default:
		return unequal(path, got, want, got.Equal(want))
	}
}

func sliceDifferences(path string, got, want reflect.Value) []string {
	if want.Type().Elem().Kind() == reflect.Uint8 {
		if g, w := string(got.Bytes()), string(want.Bytes()); g != w {
			return []string{fmt.Sprintf("%s: got %s, want %s", path, g, w)}
		}
		return nil
	}
	if got.Len() != want.Len() {
		return []string{fmt.Sprintf("%s: got %d elements, want %d", path, got.Len(), want.Len())}
	}
	var all []string
	for i := range want.Len() {
		all = append(all, differences(fmt.Sprintf("%s[%d]", path, i), got.Index(i), want.Index(i))...)
	}
	return all
}

func mapDifferences(path string, got, want reflect.Value) []string {
	var all []string
	for _, k := range want.MapKeys() {
		at := fmt.Sprintf("%s[%q]", path, k)
		if !got.MapIndex(k).IsValid() {
			all = append(all, at+": missing")
			continue
		}
		all = append(all, differences(at, got.MapIndex(k), want.MapIndex(k))...)
	}
	for _, k := range got.MapKeys() {
		if !want.MapIndex(k).IsValid() {
			all = append(all, fmt.Sprintf("%s[%q]: unexpected", path, k))
		}
	}
	return all
}

func unequal(path string, got, want reflect.Value, equal bool) []string {
	if equal {
		return nil
	}
	return []string{fmt.Sprintf("%s: got %#v, want %#v", path, got, want)}
}

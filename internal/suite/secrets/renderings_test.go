package secrets_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
)

// verbs are all verbs of fmt, and the flags that change what they print.
var verbs = strings.Fields("%v %+v %#v %s %q %+q %#q %d %x %X %#x %t %T %p %e %f %g %o %b %c %U %z")

// rendering is a value as it was printed.
type rendering struct {
	container string // what the value was in
	format    string // a verb of fmt, a handler of slog or an encoder
	text      string
}

// renderings returns a value in every form in which programs print, log and encode it.
func renderings(value any) []rendering {
	all := make([]rendering, 0, 200)
	for container, contained := range containers(value) {
		for _, verb := range verbs {
			all = append(all, rendering{container, verb, fmt.Sprintf(verb, contained)})
		}
		all = append(all, logged(container, contained)...)
		all = append(all, encoded(container, contained)...)
	}
	return all
}

// containers returns a value inside of common structures.
func containers(value any) map[string]any {
	pointer := reflect.New(reflect.TypeOf(value))
	pointer.Elem().Set(reflect.ValueOf(value))
	all := map[string]any{
		"none":             value,
		"pointer":          pointer.Interface(),
		"exported field":   struct{ Exported any }{value},
		"unexported field": struct{ unexported any }{value},
		"slice":            []any{value},
		"map":              map[string]any{"key": value},
	}
	if err, isError := value.(error); isError {
		all["error"] = fmt.Errorf("wrapped: %w", err)
		all["joined errors"] = errors.Join(err, err)
	}
	return all
}

func logged(container string, value any) []rendering {
	var text, asJSON bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&text, nil), slog.NewJSONHandler(&asJSON, nil)} {
		log := slog.New(handler)
		log.Info("as a value", "value", value)
		log.Info("in a group", slog.Group("group", "value", value))
		log.With("value", value).WithGroup("group").Info("with", "error", value)
	}
	return []rendering{{container, "slog text", text.String()}, {container, "slog JSON", asJSON.String()}}
}

// encoded includes the error of an encoder that does not support the type, because it must not contain a secret either.
func encoded(container string, value any) []rendering {
	asJSON, jsonErr := json.Marshal(value)
	asXML, xmlErr := xml.Marshal(value)
	var asGob bytes.Buffer
	gobErr := errors.New("gob panics at a nil pointer")
	if v := reflect.ValueOf(value); v.Kind() != reflect.Pointer || !v.IsNil() {
		gobErr = gob.NewEncoder(&asGob).Encode(value)
	}
	return []rendering{
		{container, "json", fmt.Sprintf("%s %v", asJSON, jsonErr)},
		{container, "xml", fmt.Sprintf("%s %v", asXML, xmlErr)},
		{container, "gob", fmt.Sprintf("%s %v", asGob.Bytes(), gobErr)},
	}
}

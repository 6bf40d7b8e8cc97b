package whatspie

import (
	"errors"

	"github.com/whatspie-go/whatspie/internal/wire"
)

// readPart reads a nested object. A list in its place is discarded, but the drift of its objects is noted.
func readPart[T any](r *wire.Reader, read func(*wire.Reader) T) T {
	var none T
	switch r.Kind() {
	case '{':
		return read(r)
	case '[':
		for range r.Elements() {
			if r.Kind() == '{' {
				read(r)
			} else {
				r.Skip()
			}
		}
		r.NoteWrongType()
	default:
		r.NoteType()
		r.Skip()
	}
	return none
}

var errNotObject = errors.New("whatspie: not a JSON object")

// unmarshal decodes into *into. Null leaves it unchanged, as in encoding/json.
func unmarshal[T any](into *T, data []byte, read func(*wire.Reader) T) error {
	r := wire.NewReader(data)
	switch r.Kind() {
	case '{':
		if value := read(r); r.End() == nil {
			*into = value
			return nil
		}
	case 'n':
		if r.Skip(); r.End() == nil {
			return nil
		}
	}
	return errNotObject
}

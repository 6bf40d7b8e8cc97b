package whatspie

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

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
		r.NoteLastType()
	default:
		r.NoteNextType()
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

// callResult is the result of [Client.Call]; encoding/json decides what fits the caller's type.
type callResult struct {
	out  any // nil to discard the data
	data []byte
}

// checkOut returns an error if out is neither nil nor a pointer that can be filled in.
func checkOut(out any) error {
	if v := reflect.ValueOf(out); out != nil && (v.Kind() != reflect.Pointer || v.IsNil()) {
		return fmt.Errorf("the result is a %T, not a pointer to fill in", out)
	}
	return nil
}

func (c *callResult) read(r *wire.Reader) { c.data = r.Raw() }

func (c *callResult) check(wire.Envelope) error {
	if c.out == nil {
		return nil
	}
	if err := json.Unmarshal(c.data, c.out); err != nil {
		return hideDecodingError(c.out, err)
	}
	return nil
}

func (c *callResult) value() any { return c.out }

// hideDecodingError replaces the error of decoding into a caller's type, which may quote the response, by one that
// names only types.
func hideDecodingError(out any, err error) error {
	text := fmt.Sprintf("the data does not fit into a %v", reflect.TypeOf(out).Elem())
	var misfit *json.UnmarshalTypeError
	if errors.As(err, &misfit) {
		kind, _, _ := strings.Cut(misfit.Value, " ") // a number from the response may follow
		text += fmt.Sprintf(": JSON %s into Go %v", kind, misfit.Type)
		if misfit.Field != "" {
			text += " in field " + misfit.Field
		}
	}
	return hideText(text, err)
}

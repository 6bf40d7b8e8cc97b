package whatspie

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/whatspie-go/whatspie/internal/transport"
)

// isQR reports whether the response of a call may be a credential.
func isQR(path string) bool {
	return strings.HasSuffix(strings.ToLower(transport.Decoded(transport.Decoded(transport.PathOnly(path)))), "/qr")
}

// hideMisfit hides the text of the error of decoding into a type of the caller's: it may quote the response. What the
// types say is kept.
func hideMisfit(out any, err error) error {
	if err == nil || reflect.TypeOf(out).Elem().PkgPath() == reflect.TypeFor[APIError]().PkgPath() {
		return err
	}
	text := fmt.Sprintf("the data does not fit into a %v", reflect.TypeOf(out).Elem())
	var misfit *json.UnmarshalTypeError
	if errors.As(err, &misfit) {
		kind, _, _ := strings.Cut(misfit.Value, " ") // behind it is a number of the response
		text += fmt.Sprintf(": JSON %s into Go %v", kind, misfit.Type)
		if misfit.Field != "" {
			text += " in field " + misfit.Field
		}
	}
	return hideText(text, err)
}

// hiddenError shows a text of its own in place of that of the error it wraps.
type hiddenError struct {
	text string
	err  *error // fmt does not look behind a pointer, whatever the verb
}

func hideText(text string, err error) error { return &hiddenError{text, &err} }

func (e *hiddenError) Error() string { return e.text }
func (e *hiddenError) Unwrap() error { return *e.err }

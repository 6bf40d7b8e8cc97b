package whatspie

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/whatspie-go/whatspie/internal/transport"
)

// isQR reports whether the response to a call may be a credential.
func isQR(path string) bool {
	return strings.HasSuffix(strings.ToLower(transport.Decoded(transport.Decoded(transport.PathOnly(path)))), "/qr")
}

// hideMisfit replaces the error of decoding into a caller's type, which may quote the response, by one that names only
// types.
func hideMisfit(out any, err error) error {
	if err == nil || reflect.TypeOf(out).Elem().PkgPath() == reflect.TypeFor[APIError]().PkgPath() {
		return err
	}
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

// hiddenError replaces the text of the error that it wraps.
type hiddenError struct {
	text string
	err  *error // a pointer, because fmt prints the address and not the error
}

func hideText(text string, err error) error { return &hiddenError{text, &err} }

func (e *hiddenError) Error() string { return e.text }
func (e *hiddenError) Unwrap() error { return *e.err }

package whatspie_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
)

// quoting is a caller's type whose errors quote their input.
type quoting struct{}

func (*quoting) UnmarshalJSON(data []byte) error {
	return fmt.Errorf("%w: cannot read %s", io.ErrNoProgress, data)
}

func TestErrorsOfDecodingQuoteNothing(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		data string
		out  any
		want string
	}{
		"a number":      {`{"code":62812345678901234567}`, &struct{ Code int32 }{}, "JSON number into Go int32 in field"},
		"a string":      {`{"code":"62812345678901234567"}`, &struct{ Code int32 }{}, "JSON string into Go int32 in field"},
		"an element":    {`["62812345678901234567"]`, &[]int{}, "the data does not fit into a []int: JSON string into Go int"},
		"a user's type": {`"62812345678901234567"`, &quoting{}, "the data does not fit into a whatspie_test.quoting"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			client := scriptOf(ok(`{"data":`+test.data+`}`)).client(t, whatspie.WithLogger(logger))
			err := client.Call(t.Context(), http.MethodGet, "/things", nil, test.out)
			assertOnly(t, err, whatspie.ErrUnexpectedResponse)
			assert.Contains(t, err.Error(), test.want)
			assert.NotContains(t, err.Error()+log.String(), "628123")
			assert.Contains(t, log.String(), "does not fit")
			if name == "a user's type" {
				require.ErrorIs(t, err, io.ErrNoProgress)
			} else {
				require.ErrorAs(t, err, new(*json.UnmarshalTypeError))
			}
		})
	}
}

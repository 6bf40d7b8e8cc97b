package whatspie

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/whatspie-go/whatspie/internal/transport"
)

// WithResponse fills in what the last attempt answered, for success and failure alike; what it held before is gone. After
// [DevicesService.All] its Body is empty on success, and on failure the start of the answer. After
// [DevicesService.CreateConfirmed] it tells of the last request, which may be a look at the list.
func WithResponse(response *Response) CallOption {
	return func(s *callSettings) error {
		if response == nil {
			return errors.New("WithResponse: the response is nil")
		}
		*response = Response{} // a call that is refused would leave that of an earlier one
		s.response = response
		return nil
	}
}

// Response is the HTTP side of a call, as [WithResponse] delivers it. Printed, logged, or encoded as JSON, XML, YAML or
// TOML, it shows neither Header nor Body. fmt bypasses this for a Response in an unexported field of another struct, and
// for the verbs %p and %w; encoding/gob keeps everything.
type Response struct {
	// StatusCode is the HTTP status; 0 when no answer arrived.
	StatusCode int
	// Header is the answer's header as it came, but for a redirect's Location that cannot be parsed; nil when no answer
	// arrived.
	Header http.Header `json:"-" toml:"-" xml:"-" yaml:"-"`
	// Body is the answer as it came, decompressed; empty when none arrived. That of a QR call is a credential.
	Body []byte `json:"-" toml:"-" xml:"-" yaml:"-"`
	// Attempts counts the requests that the call took; 0 when it was refused before the first.
	Attempts int
	// RequestID is the server's name for the last request; empty when it gave none.
	RequestID string
	// Duration is the time of the whole call, waits included.
	Duration time.Duration
}

func newResponse(result transport.Result) Response {
	return Response{
		StatusCode: result.StatusCode,
		Header:     result.Header,
		Body:       result.Body,
		Attempts:   result.Attempts,
		RequestID:  result.RequestID(),
		Duration:   result.Duration,
	}
}

// String shows the status, the attempts and the body's size.
func (r Response) String() string {
	return fmt.Sprintf("whatspie.Response{%d, %d attempts, %d bytes, request %q}", r.StatusCode, r.Attempts, len(r.Body), r.RequestID)
}

// Format writes String, whatever the verb.
func (r Response) Format(f fmt.State, _ rune) { writeString(f, r.String()) }

// writeString leaves a failed write to the printer it came from, which reports it.
func writeString(f fmt.State, s string) { _, _ = io.WriteString(f, s) }

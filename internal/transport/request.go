package transport

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/whatspie-go/whatspie/internal/wire"
)

// Request is one call.
type Request struct {
	Method string
	// Path starts with a slash, is escaped, and may carry a query.
	Path   string
	Header http.Header
	Body   []byte
	// MayHoldQRCode reports that the response may hold a QR code, a credential: no part of it may appear in an error.
	MayHoldQRCode bool
	// NoRetry limits the call to one attempt.
	NoRetry bool
	// AttemptTimeout, if set, shortens that of the Config.
	AttemptTimeout time.Duration
	// Read decodes the body of a successful response, and the envelope of any other. Its error fails the attempt unless
	// the envelope or the HTTP status already does. The body is empty only if the status allows that.
	Read func(status int, contentType string, body []byte) (wire.Envelope, error)
	// Stream, if set, replaces Read for a successful response and decodes it as it arrives. It calls next before each
	// element is yielded, and returns next's error if there is one.
	Stream func(body io.Reader, next func() error) (wire.Envelope, error)
	// Check, if set, is called once a response is read and is a success. Its error fails the attempt.
	Check func(envelope wire.Envelope) error
}

// Operation names the call that a request belongs to, such as "GET /devices/{id}": its method, and its path without a
// query and with each numeric segment replaced by {id}. It is empty in any other context.
func Operation(ctx context.Context) string {
	if c := callOf(ctx); c != nil {
		return c.request.Operation()
	}
	return ""
}

// Operation names the call, see [Operation].
func (r *Request) Operation() string {
	segments := strings.Split(PathOnly(r.Path), "/")
	for i, segment := range segments {
		if segment != "" && isDigits(segment) {
			segments[i] = "{id}"
		}
	}
	return r.Method + " " + strings.Join(segments, "/")
}

// IsSafe reports whether HTTP defines the method as safe, that is, as read-only.
func IsSafe(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	default:
		return false
	}
}

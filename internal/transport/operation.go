package transport

import (
	"context"
	"strings"
)

// Operation names the call that a request belongs to, such as "GET /devices/{id}": its method and its path, with numbers
// taken out and without a query. It is empty in any other context.
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

package transport

import (
	"context"
	"strings"
)

// Operation names the call that a request belongs to, such as "GET /devices/{id}": its method and its path, with numbers
// taken out and without a query. It is empty in any other context.
func Operation(ctx context.Context) string {
	c := callOf(ctx)
	if c == nil {
		return ""
	}
	segments := strings.Split(PathOnly(c.request.Path), "/")
	for i, segment := range segments {
		if segment != "" && isDigits(segment) {
			segments[i] = "{id}"
		}
	}
	return c.request.Method + " " + strings.Join(segments, "/")
}

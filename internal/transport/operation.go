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
	return OperationOf(c.request.Method, c.request.Path)
}

// OperationOf names a call by its method and path.
func OperationOf(method, path string) string {
	segments := strings.Split(PathOnly(path), "/")
	for i, segment := range segments {
		if segment != "" && isDigits(segment) {
			segments[i] = "{id}"
		}
	}
	return method + " " + strings.Join(segments, "/")
}

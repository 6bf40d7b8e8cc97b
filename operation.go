package whatspie

import (
	"context"

	"github.com/whatspie-go/whatspie/internal/transport"
)

// Version is the version of this package. The default User-Agent is "whatspie-go/" and Version.
const Version = "0.1.0"

// Operation returns the name of the call that a request belongs to, such as "GET /devices/{id}": a label of low
// cardinality for metrics and traces. It is the method and the path of the call, without base URL and query, with every
// segment of digits replaced by {id}. The context must be that of a request that an [http.RoundTripper] given to
// [WithHTTPClient] receives, or the one that a [TokenSource] or [Limiter] receives. For any other context, the result
// is empty.
//
// [http.RoundTripper]: https://pkg.go.dev/net/http#RoundTripper
func Operation(ctx context.Context) string { return transport.Operation(ctx) }

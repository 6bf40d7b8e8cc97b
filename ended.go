package whatspie

import (
	"context"
	"errors"
	"net/http"

	"github.com/whatspie-go/whatspie/internal/transport"
)

// endsLoop reports whether a failure ends a loop: waiting cannot mend it. A proxy's refusal, which has not the API's
// envelope, is an outage like any other.
func endsLoop(err error) bool {
	if errors.Is(err, ErrUnauthorized) || errors.Is(err, ErrInvalidRequest) {
		return true
	}
	var failed *APIError
	if !errors.As(err, &failed) || !hasEnvelope(err) {
		return false
	}
	switch failed.status() {
	case http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound:
		return true
	default:
		return false
	}
}

// loopError makes the end of what takes several calls an APIError like any other.
func loopError(ctx context.Context, method, path string, reason error) error {
	end := transport.ContextError(ctx)
	var failed *APIError
	switch {
	case !errors.As(reason, &failed) || errors.Is(reason, ErrQRCodesExhausted):
		again := method == http.MethodGet && !errors.Is(reason, ErrDeviceSuspended)
		return &APIError{Method: method, Path: path, context: end, cause: reason, verdict: verdict{known: true, retryable: again}}
	case end == nil:
		return reason
	default:
		both := *failed // is the caller's too, in an event
		both.context = end
		return &both
	}
}

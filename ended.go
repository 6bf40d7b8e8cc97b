package whatspie

import (
	"context"
	"errors"
	"net/http"

	"github.com/whatspie-go/whatspie/internal/transport"
)

// endsLoop reports whether a failure is permanent and ends a loop. A refusal without the API's envelope, such as a
// proxy's, counts as an outage.
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

// loopError returns an APIError for the end of an operation that spans several calls.
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
		both := *failed // copy: the consumer may hold it in an event
		both.context = end
		return &both
	}
}

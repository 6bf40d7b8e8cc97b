package whatspie

import (
	"context"
	"errors"

	"github.com/whatspie-go/whatspie/internal/transport"
)

// ended makes the end of what takes several calls an APIError like any other.
func ended(ctx context.Context, method, path string, reason error) error {
	end := transport.ContextError(ctx)
	var failed *APIError
	switch {
	case !errors.As(reason, &failed) || errors.Is(reason, ErrQRCodesExhausted):
		return &APIError{Method: method, Path: path, context: end, cause: reason}
	case end == nil:
		return reason
	default:
		both := *failed // is the caller's too, in an event
		both.context = end
		return &both
	}
}

// isNoCode knows the answers that stand in the place of a code, as opposed to no answer.
func isNoCode(err error) bool {
	return errors.Is(err, ErrQRNotReady) || errors.Is(err, ErrQRGeneration) || errors.Is(err, ErrDeviceConnected) ||
		errors.Is(err, ErrUnexpectedResponse)
}

// isFinal reports whether waiting cannot mend a failure. Of a proxy's refusal it can.
func isFinal(err error) bool {
	if errors.Is(err, ErrUnauthorized) || errors.Is(err, ErrInvalidRequest) {
		return true
	}
	refused := errors.Is(err, ErrForbidden) || errors.Is(err, ErrNotFound) || errors.Is(err, ErrBadRequest)
	return refused && hasEnvelope(err)
}

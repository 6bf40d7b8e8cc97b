package whatspie

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/whatspie-go/whatspie/internal/transport"
)

// newAPIError returns the error of a call, or nil if it succeeded.
func newAPIError(request transport.Request, result transport.Result) error {
	if result.Err == nil {
		return nil
	}
	e := &APIError{
		StatusCode: result.StatusCode,
		Code:       result.Envelope.Code,
		Message:    result.RedactStart(result.Envelope.Message, transport.MaxText),
		Detail:     result.RedactStart(result.Envelope.Detail, transport.MaxText),
		Method:     request.Method,
		Path:       transport.PathOnly(request.Path),
		RequestID:  result.RequestID(),
		Attempts:   result.Attempts,
		RetryAfter: result.RetryAfter,
		Header:     result.RedactedHeader(),
		contextErr: result.ContextErr,
	}
	e.known = newOutcome(e.status(), e.Message, request, result)
	if !request.MayHoldQRCode || result.StatusCode >= http.StatusMultipleChoices {
		e.Body = []byte(result.RedactedBody(transport.MaxText))
	}
	if cause := causeOf(result); cause != nil {
		text := result.Redact(cause.Error())
		if e.outcomeUnknown() && hasSentinel(cause) { // its text may say "try again", as that of ErrQRNotReady does
			cause = errors.New(text)
		}
		e.cause = hideText(text, cause)
	}
	if e.contextErr != nil && result.Redact(e.contextErr.Error()) != e.contextErr.Error() {
		e.contextErr = hideText(result.Redact(e.contextErr.Error()), e.contextErr)
	}
	return e
}

func newOutcome(status int, message string, request transport.Request, result transport.Result) *outcome {
	unidentified := result.StatusCode != 0 && errors.Is(result.Err, ErrDeviceUnidentified)
	unknown := !transport.IsSafe(request.Method) && result.Sent && !result.DidNotAct() && !unidentified
	o := &outcome{
		retryable:   !unknown && !unidentified && result.Retryable(request.Method),
		interrupted: (result.StatusCode == 0 || result.Cut) && endedBy(result.Err, result.ContextErr),
		overBudget:  result.OutOfBudget,
	}
	switch {
	case unknown:
		o.general = ErrOutcomeUnknown
	case o.interrupted, unidentified, errors.Is(result.Err, ErrQRNotReady): // the chain of the error says it
	case status == 0:
		o.general = when(result.Attempts > 0, ErrNoResponse)
	case errors.Is(result.Err, transport.ErrTooLarge):
		o.specific, o.general = ErrResponseTooLarge, ErrUnexpectedResponse
	case !errors.Is(result.Err, transport.ErrReportedFailure):
		o.general = ErrUnexpectedResponse
	default:
		o.specific, o.general = sentinelsFor(status, message)
	}
	return o
}

// causeOf returns the part of the failure that neither the response nor the context's error describes.
func causeOf(result transport.Result) error {
	retryErr, isReported := result.RetryErr, errors.Is(result.Err, transport.ErrReportedFailure)
	if result.ContextErr != nil {
		retryErr = nil // the context's error covers it
	}
	switch {
	case isReported:
		return retryErr
	case retryErr == nil:
		return result.Err
	default:
		return fmt.Errorf("%w; no further attempt: %w", result.Err, retryErr)
	}
}

// invalidRequest returns the error of a call that was rejected before anything was sent.
func invalidRequest(method, path string, err error) error {
	return &APIError{
		Method: method,
		Path:   transport.PathOnly(path),
		cause:  hideText("invalid request: "+err.Error(), err),
		known:  &outcome{general: ErrInvalidRequest},
	}
}

// hasSentinel reports whether the chain contains an error of this package.
func hasSentinel(err error) bool {
	return errors.As(err, new(sentinelError)) || errors.As(err, new(transientError)) || errors.As(err, new(*APIError))
}

// endsLoop reports whether a failure is permanent and ends a loop. A refusal without the API's envelope, such as a
// proxy's, counts as an outage.
func endsLoop(err error) bool {
	if errors.Is(err, ErrUnauthorized) || errors.Is(err, ErrInvalidRequest) {
		return true
	}
	switch envelopeStatus(err) {
	case http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound:
		return true
	default:
		return false
	}
}

// envelopeStatus returns the status of a response from the API itself; 0 if it came from a proxy or another server. Some
// proxies send a JSON message, but only the API sends a code or a message that is documented.
func envelopeStatus(err error) int {
	var failed *APIError
	if errors.As(err, &failed) && (failed.Code != 0 || failed.outcome().specific != nil) {
		return failed.status()
	}
	return 0
}

// isNotYet reports whether the API itself said that it has no code yet.
func isNotYet(err error) bool {
	if errors.Is(err, ErrQRNotReady) || errors.Is(err, ErrQRGeneration) || errors.Is(err, ErrDeviceConnected) {
		return true
	}
	switch envelopeStatus(err) {
	case 0:
		return false
	case http.StatusConflict, http.StatusUnprocessableEntity, http.StatusTooEarly:
		return true
	default:
		return errors.Is(err, ErrUnexpectedResponse)
	}
}

// maxLoopRetryAfter is the longest Retry-After that a loop waits for.
const maxLoopRetryAfter = time.Minute

// loopRetryAfter returns the wait that the server requested; 0 for none.
func loopRetryAfter(err error) time.Duration {
	var failed *APIError
	if !errors.As(err, &failed) {
		return 0
	}
	return min(failed.RetryAfter, maxLoopRetryAfter)
}

// loopError returns an APIError for the end of an operation that spans several calls.
func loopError(ctx context.Context, method, path string, reason error) error {
	end := transport.ContextError(ctx)
	var failed *APIError
	switch {
	case !errors.As(reason, &failed) || errors.Is(reason, ErrQRCodesExhausted):
		again := !errors.Is(reason, ErrDeviceSuspended)
		return &APIError{Method: method, Path: path, contextErr: end, cause: reason, known: &outcome{retryable: again}}
	case end == nil:
		return reason
	default:
		both := *failed // copy: the consumer may hold it in an event
		both.contextErr = end
		return &both
	}
}

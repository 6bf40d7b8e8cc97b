package whatspie

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/whatspie-go/whatspie/internal/transport"
	"github.com/whatspie-go/whatspie/internal/wire"
)

// verdict is what the fields of an [APIError] do not say. One made by hand has none.
type verdict struct {
	// known is true for the error of a real call.
	known bool
	// invalid means that nothing was sent because of the call's arguments.
	invalid bool
	// unknown means that the request may have changed something.
	unknown bool
	// interrupted means that the caller's context ended the last attempt before its response was complete.
	interrupted bool
	// unread means that HTTP reports a success which could not be read.
	unread bool
	// overBudget means that the client's retry budget prevented another attempt.
	overBudget bool
	retryable  bool
}

// newAPIError returns the error of a call; nil if it succeeded.
func newAPIError(request transport.Request, result transport.Result) error {
	if result.Err == nil {
		return nil
	}
	e := &APIError{
		StatusCode: result.StatusCode,
		Code:       result.Envelope.Code,
		Message:    result.HiddenStart(result.Envelope.Message, transport.MaxText),
		Detail:     result.HiddenStart(result.Envelope.Detail, transport.MaxText),
		Method:     request.Method,
		Path:       transport.PathOnly(request.Path),
		RequestID:  result.RequestID(),
		Attempts:   result.Attempts,
		RetryAfter: result.RetryAfter,
		Header:     result.HiddenHeader(),
		context:    result.ContextErr,
		verdict:    judge(request, result),
	}
	if !request.Credential || result.StatusCode >= http.StatusMultipleChoices {
		e.Body = []byte(result.HiddenBody(transport.MaxText))
	}
	if cause := causeOf(result); cause != nil {
		text := result.Hide(cause.Error())
		if e.outcomeUnknown() && hasSentinel(cause) { // such as ErrQRNotReady, which reads "try again"
			cause = errors.New(text)
		}
		e.cause = hideText(text, cause)
	}
	if e.context != nil && result.Hide(e.context.Error()) != e.context.Error() {
		e.context = hideText(result.Hide(e.context.Error()), e.context)
	}
	return e
}

func judge(request transport.Request, result transport.Result) verdict {
	unidentified := result.StatusCode != 0 && errors.Is(result.Err, ErrDeviceUnidentified)
	v := verdict{
		known:       true,
		invalid:     errors.Is(result.Err, transport.ErrBadToken),
		unknown:     !transport.Repeatable(request.Method) && result.Sent && !result.DidNotAct() && !unidentified,
		interrupted: (result.StatusCode == 0 || result.Cut) && endedBy(result.Err, result.ContextErr),
		unread:      result.StatusCode != 0 && !errors.Is(result.Err, transport.ErrRefused),
		overBudget:  result.OutOfBudget,
	}
	v.retryable = !v.unknown && !unidentified && result.Retryable(request.Method)
	return v
}

// causeOf is what neither the response nor the end of the context says.
func causeOf(result transport.Result) error {
	held, refused := result.HeldBack, errors.Is(result.Err, transport.ErrRefused)
	if result.ContextErr != nil {
		held = nil // the end of the context says as much
	}
	switch {
	case refused:
		return held
	case held == nil:
		return result.Err
	default:
		return fmt.Errorf("%w; before another attempt: %w", result.Err, held)
	}
}

// endedBy reports whether err is the end of the context. An attempt's own timeout is not, though it is a
// context.DeadlineExceeded to errors.Is: so the chain is compared link by link.
func endedBy(err, ctxErr error) bool {
	for ; err != nil && ctxErr != nil; err = errors.Unwrap(err) {
		if errors.Is(ctxErr, err) {
			return true
		}
	}
	return false
}

// Is reports whether the error means target, one of the sentinels of this package.
func (e *APIError) Is(target error) bool {
	if e.outcomeUnknown() {
		return target == ErrOutcomeUnknown
	}
	special, general := e.meaning()
	switch target {
	case nil:
		return false
	case special, general:
		return true
	default:
		return target == ErrRetryBudget && e.verdict.overBudget
	}
}

// Retryable reports whether making the same call again, later, is safe and may succeed. For a request that changes
// nothing, that is so after a 408, 429 or 5xx, without a response, after a response that was cut, and after
// [ErrQRNotReady]. For one that changes something, it is so only if it certainly changed nothing: after a 429, unless its
// body holds a success or a device, or if it was never sent. It is false for [ErrOutcomeUnknown] and [ErrDeviceUnidentified], for any other status, for a
// certificate that cannot be verified, and if arguments, limiter or token kept the call from being sent.
func (e *APIError) Retryable() bool {
	if e.verdict.known {
		return e.verdict.retryable
	}
	switch status := e.status(); {
	case e.outcomeUnknown():
		return false
	case status == 0:
		return e.Attempts > 0 || e.context != nil
	default:
		return status == http.StatusTooManyRequests || status >= http.StatusInternalServerError || status == http.StatusRequestTimeout
	}
}

// outcomeUnknown reports whether the request may have changed something. Of an error made by hand, the fields decide: a
// request that changes something did not only if the server clearly refused it.
func (e *APIError) outcomeUnknown() bool {
	switch {
	case e.verdict.known:
		return e.verdict.unknown
	case e.Method == "" || transport.Repeatable(e.Method):
		return false
	case e.status() == 0:
		return e.Attempts > 0
	}
	refused := isRefusal(e.status()) || wire.Normalize(e.Message) == wire.ConnectedMessage
	return !refused || !isRefusal(e.StatusCode) && e.StatusCode != http.StatusOK && e.StatusCode != 0
}

// isRefusal names the statuses after which a server has certainly not acted.
func isRefusal(status int) bool {
	return status >= http.StatusBadRequest && status < http.StatusInternalServerError && status != http.StatusRequestTimeout
}

// status is the one that decides: the body's if it reports a failure, else HTTP's.
func (e *APIError) status() int {
	if e.Code >= http.StatusBadRequest {
		return e.Code
	}
	return e.StatusCode
}

// meaning returns the sentinels that the fields and the verdict amount to; either may be nil.
func (e *APIError) meaning() (special, general error) {
	switch status := e.status(); {
	case e.verdict.invalid:
		return nil, ErrInvalidRequest
	case e.verdict.interrupted, errors.Is(e.cause, ErrQRNotReady), errors.Is(e.cause, ErrDeviceUnidentified):
		return nil, nil // the context or the cause says it
	case status == 0:
		return nil, when(e.Attempts > 0, ErrNoResponse)
	case errors.Is(e.cause, transport.ErrTooLarge):
		return ErrResponseTooLarge, ErrUnexpectedResponse
	case e.verdict.unread:
		return nil, ErrUnexpectedResponse
	default:
		return refusal(status, e.Message)
	}
}

// refusal translates a status, and the messages that have a meaning of their own.
func refusal(status int, message string) (special, general error) {
	words := wire.Normalize(message)
	special = when(words == wire.ConnectedMessage, ErrDeviceConnected)
	switch {
	case status < http.StatusBadRequest && special != nil:
		return special, nil
	case status < http.StatusBadRequest:
		return nil, ErrUnexpectedResponse
	case status == http.StatusUnauthorized:
		return nil, ErrUnauthorized
	case status == http.StatusForbidden:
		return when(strings.HasPrefix(words, "device limit"), ErrDeviceLimit), ErrForbidden
	case status == http.StatusNotFound:
		return when(strings.HasPrefix(words, "device not found"), ErrDeviceNotFound), ErrNotFound
	case status == http.StatusTooManyRequests:
		return nil, ErrRateLimited
	case status >= http.StatusInternalServerError, status == http.StatusRequestTimeout:
		return when(strings.HasPrefix(words, "qr code generation"), ErrQRGeneration), ErrServer
	case strings.HasPrefix(words, "invalid package"):
		return ErrInvalidPackage, ErrBadRequest
	default:
		return special, ErrBadRequest
	}
}

func when(condition bool, err error) error {
	if condition {
		return err
	}
	return nil
}

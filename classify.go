package whatspie

import (
	"errors"
	"net/http"
	"strings"

	"github.com/whatspie-go/whatspie/internal/transport"
	"github.com/whatspie-go/whatspie/internal/wire"
)

// kinds finds the sentinels, the special before the general.
func kinds(request transport.Request, result transport.Result) []error {
	var found []error
	switch err := result.Err; {
	case errors.Is(err, transport.ErrRefused):
		found = refusals(result.Status(), result.Envelope.Message)
	case errors.Is(err, transport.ErrTooLarge):
		found = []error{ErrResponseTooLarge, ErrUnexpectedResponse}
	case errors.Is(err, transport.ErrBadToken):
		found = []error{ErrInvalidRequest}
	case result.StatusCode == 0, errors.Is(err, ErrQRNotReady), result.Cut && result.ContextErr != nil:
	case errors.Is(err, ErrDeviceUnidentified):
		return nil // the cause says it, and a confirmed creation leaves nothing unknown
	default:
		found = []error{ErrUnexpectedResponse}
	}
	if !transport.Repeatable(request.Method) && result.Sent && !result.DidNotAct() {
		found = append(found, ErrOutcomeUnknown)
	}
	if result.OutOfBudget {
		found = append(found, ErrRetryBudget)
	}
	return found
}

// refusals translates a status, and the messages that have a meaning of their own.
func refusals(status int, message string) []error {
	words := wire.Normalize(message)
	special := when(words == wire.ConnectedMessage, ErrDeviceConnected)
	var general error
	switch {
	case status < http.StatusBadRequest && special != nil:
		return []error{special}
	case status < http.StatusBadRequest:
		general = ErrUnexpectedResponse
	case status == http.StatusUnauthorized:
		general = ErrUnauthorized
	case status == http.StatusForbidden:
		general, special = ErrForbidden, when(strings.HasPrefix(words, "device limit"), ErrDeviceLimit)
	case status == http.StatusNotFound:
		general, special = ErrNotFound, when(strings.HasPrefix(words, "device not found"), ErrDeviceNotFound)
	case status == http.StatusTooManyRequests:
		general = ErrRateLimited
	case status >= http.StatusInternalServerError, status == http.StatusRequestTimeout:
		general, special = ErrServer, when(strings.HasPrefix(words, "qr code generation"), ErrQRGeneration)
	case strings.HasPrefix(words, "invalid package"):
		general, special = ErrBadRequest, ErrInvalidPackage
	default:
		general = ErrBadRequest
	}
	if special == nil {
		return []error{general}
	}
	return []error{special, general}
}

func when(condition bool, err error) error {
	if condition {
		return err
	}
	return nil
}

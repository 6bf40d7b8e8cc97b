package demo

import (
	"errors"
	"fmt"
	"strings"

	"github.com/whatspie-go/whatspie"
)

// Explain returns one line of help for an error.
func Explain(err error) string {
	switch {
	case errors.Is(err, whatspie.ErrInvalidPackage):
		return "The API rejected the package. The documented packages are " + packageList() + "."
	case errors.Is(err, whatspie.ErrDeviceLimit):
		return "The account has reached its device limit. The API says: " + apiMessage(err)
	case errors.Is(err, whatspie.ErrUnauthorized):
		return "The API rejected the token. Compare WHATSPIE_API_TOKEN with the API token of your account."
	case errors.Is(err, whatspie.ErrForbidden):
		return "The account is not allowed to do this. The API says: " + apiMessage(err)
	case errors.Is(err, whatspie.ErrDeviceNotFound):
		return "The account has no such device. The list example shows all devices."
	case errors.Is(err, whatspie.ErrDeviceConnected):
		return "A phone is already connected to this device, so there is no code to scan."
	case errors.Is(err, whatspie.ErrDeviceSuspended):
		return "The device is suspended. No phone can be connected to it."
	case errors.Is(err, whatspie.ErrQRCodesExhausted):
		return "No phone was connected: no code was scanned, or the API had none. Run this again with -id."
	case errors.Is(err, whatspie.ErrOutcomeUnknown), errors.Is(err, whatspie.ErrDeviceUnidentified):
		return "A device may have been created. List the devices before you try again. " + err.Error()
	default:
		return err.Error()
	}
}

// apiMessage returns the message of the API in an error.
func apiMessage(err error) string {
	var failed *whatspie.APIError
	switch {
	case !errors.As(err, &failed):
		return err.Error()
	case failed.Detail != "":
		return Printable(failed.Detail)
	default:
		return Printable(failed.Message)
	}
}

func packageList() string {
	packages := whatspie.Packages()
	names := make([]string, len(packages))
	for i, p := range packages {
		names[i] = fmt.Sprintf("%s (%s)", p.Code, p.Name)
	}
	return strings.Join(names, ", ")
}

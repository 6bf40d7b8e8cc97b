package whatspie

import "fmt"

// WatchEventKind says what a [WatchEvent] reports.
type WatchEventKind int

// The kinds of [WatchEvent]. Others may be added: ignore a kind you do not know.
const (
	// WatchDevice reports the state of a device in the first poll. [WithChangesOnly] leaves it out.
	WatchDevice WatchEventKind = iota + 1
	// WatchSynced reports that everything the API returned has been yielded. It follows the first complete poll, and the
	// first complete poll after WatchRetry, even if the account has no device.
	WatchSynced
	// WatchAdded reports a device that was not there before.
	WatchAdded
	// WatchChanged reports a device that differs from Previous.
	WatchChanged
	// WatchRemoved reports that the account no longer has the device, with its last state in Device.
	WatchRemoved
	// WatchRetry reports in Err that a poll failed. The loop continues.
	WatchRetry
)

// String returns the name of the constant.
func (k WatchEventKind) String() string {
	switch k {
	case WatchDevice:
		return "WatchDevice"
	case WatchSynced:
		return "WatchSynced"
	case WatchAdded:
		return "WatchAdded"
	case WatchChanged:
		return "WatchChanged"
	case WatchRemoved:
		return "WatchRemoved"
	case WatchRetry:
		return "WatchRetry"
	default:
		return fmt.Sprintf("WatchEventKind(%d)", int(k))
	}
}

// WatchEvent is one event of [DevicesService.Watch].
type WatchEvent struct {
	// Kind says what happened.
	Kind WatchEventKind
	// Device is the latest state of the device, the caller's own copy; nil for WatchSynced and WatchRetry.
	Device *Device
	// Previous is the state before the change, as the API returned it; nil for kinds other than WatchChanged.
	Previous *Device
	// Err is why the poll failed; nil for kinds other than WatchRetry.
	Err error
}

package whatspie

import "fmt"

// WatchEventKind says what a [WatchEvent] reports.
type WatchEventKind int

// The kinds of [WatchEvent]. Others may be added: ignore a kind you do not know.
const (
	// WatchDevice reports a device as it was at the first poll. [WithChangesOnly] leaves it out.
	WatchDevice WatchEventKind = iota + 1
	// WatchSynced reports that everything the API showed has been yielded. It comes after the first complete poll, and
	// after the first complete one that follows WatchRetry; without any device too.
	WatchSynced
	// WatchAdded reports a device that was not there before.
	WatchAdded
	// WatchChanged reports a device that differs from Previous.
	WatchChanged
	// WatchRemoved reports that the account no longer has the device, with its last state in Device.
	WatchRemoved
	// WatchRetry reports that a poll failed, in Err. The loop goes on by itself.
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

// WatchEvent is one thing that [DevicesService.Watch] noticed.
type WatchEvent struct {
	// Kind says what happened.
	Kind WatchEventKind
	// Device is the device as the API showed it last; nil for WatchSynced and WatchRetry. It is the caller's own.
	Device *Device
	// Previous is an earlier state of the device that the API showed; nil for every kind but WatchChanged.
	Previous *Device
	// Err is the failure of WatchRetry; nil for every other kind.
	Err error
}

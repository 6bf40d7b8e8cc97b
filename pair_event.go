package whatspie

import (
	"fmt"
	"time"
)

// PairEventKind says what a [PairEvent] reports.
type PairEventKind int

// The kinds of [PairEvent].
const (
	// PairQR asks to show the code in QR, in place of any earlier one, until ExpiresAt.
	PairQR PairEventKind = iota + 1
	// PairQRExpired asks to stop showing the code in QR: a phone that scans it now would hang.
	PairQRExpired
	// PairStatus reports that the device's paired_status changed, to anything but paired.
	PairStatus
	// PairRetry reports a transient failure, in Err. The loop goes on by itself.
	PairRetry
	// PairPaired reports, as the last event, that a phone is connected to the device.
	PairPaired
)

// String names the kind.
func (k PairEventKind) String() string {
	switch k {
	case PairQR:
		return "PairQR"
	case PairQRExpired:
		return "PairQRExpired"
	case PairStatus:
		return "PairStatus"
	case PairRetry:
		return "PairRetry"
	case PairPaired:
		return "PairPaired"
	default:
		return fmt.Sprintf("PairEventKind(%d)", int(k))
	}
}

// PairEvent is one step of a connection.
type PairEvent struct {
	// Kind says what happened.
	Kind PairEventKind
	// QR is the code to show or to stop showing; nil for other kinds than PairQR and PairQRExpired.
	QR *QRCode
	// Sequence is the number of the code in this loop, from 1; 0 for other kinds than PairQR and PairQRExpired.
	Sequence int
	// ExpiresAt is when the code is taken back, by this machine's clock: its lifetime after it was asked for. It is zero
	// for other kinds than PairQR and PairQRExpired.
	ExpiresAt time.Time
	// Device is the device as the API just showed it; nil for other kinds than PairStatus and PairPaired.
	Device *Device
	// Err is the failure of PairRetry; nil for other kinds.
	Err error
}

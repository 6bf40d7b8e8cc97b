package whatspie

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"github.com/whatspie-go/whatspie/internal/pairing"
	"github.com/whatspie-go/whatspie/internal/qrimage"
)

// newPairing returns a session that uses the API through s. The function id returns the device's ID, or the phone
// number until a poll has returned the device.
func (s *DevicesService) newPairing(id func() int64, limits pairing.Limits) *pairing.Session[*QRCode, Device] {
	var session *pairing.Session[*QRCode, Device]
	session = pairing.New(pairing.Gateway[*QRCode, Device]{
		Code: func(ctx context.Context) (*QRCode, error) {
			code, err := s.QR(ctx, id(), WithoutRetry()) // the session schedules its own retries
			if errors.Is(err, ErrDeviceConnected) {
				began, requested := time.Now(), id()
				device, failed := s.Get(ctx, requested, WithoutRetry())
				if failed == nil && requested == id() { // not by a number that a poll has replaced meanwhile
					session.Seen(*device, began)
				}
			}
			return code, err
		},
		Device: func(ctx context.Context) (Device, error) {
			device, err := s.Get(ctx, id())
			if err != nil {
				return Device{}, err
			}
			return *device, nil
		},
		SameCode: func(a, b *QRCode) bool {
			return a.URL() == b.URL() && (bytes.Equal(a.PNG(), b.PNG()) || a.identity() == b.identity())
		},
		Status:    pairingStatus,
		SameState: func(a, b Device) bool { return a.PairedStatus.is(b.PairedStatus) },
		Classify: func(err error) (pairing.Failure, time.Duration) {
			return pairingFailure(err), loopRetryAfter(err)
		},
	}, limits)
	return session
}

// identity is a digest of the modules in the image, or of the file if they cannot be read.
func (q *QRCode) identity() qrimage.Key {
	if grid, err := q.grid(); err == nil {
		return grid.Key()
	}
	return sha256.Sum256(q.PNG())
}

func pairingStatus(device Device) pairing.Status {
	switch {
	case device.Paired():
		return pairing.Paired
	case device.PairedStatus.is(PairedStatusSuspended):
		return pairing.Suspended
	case device.PairedStatus.is(PairedStatusExpired):
		return pairing.Expired
	default:
		return pairing.Waiting
	}
}

func pairingFailure(err error) pairing.Failure {
	switch {
	case isNotYet(err): // including a 400 "Device connected"
		return pairing.NotYet
	case endsLoop(err):
		return pairing.Final
	default:
		return pairing.Outage
	}
}

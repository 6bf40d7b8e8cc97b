// Package qr_test tests which formats of a QR code are accepted, by ParseQRCode and by DevicesService.QR.
package qr_test

import (
	"testing"

	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestMain(m *testing.M) { wiretest.Main(m) }

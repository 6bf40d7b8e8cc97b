// Package create_test tests what CreateConfirmed and Create do about a creation whose outcome is unclear.
package create_test

import (
	"testing"

	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestMain(m *testing.M) { wiretest.Main(m) }

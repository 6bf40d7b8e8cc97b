package pairweb_test

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"

	"github.com/whatspie-go/whatspie"
)

func TestPhoneNumber(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"6281234567890":                   "+62 812-3456-7890",
		"++6281234567890":                 "+62 812-3456-7890",
		"+6281234567890@s.whatsapp.net":   "+62 812-3456-7890",
		"6281234567890:12@s.whatsapp.net": "+62 812-3456-7890",
		"6281234567890@c.us":              "+62 812-3456-7890",
		"+081234567890":                   "+62 812-3456-7890",
		"0812-3456-7890":                  "+62 812-3456-7890",
		"+62 0812 3456 7890":              "+62 812-3456-7890",
		"006281234567890":                 "+62 812-3456-7890",
		"628123456789":                    "+62 812-345-6789",
		"62811":                           "+62 811",
		"622155512345":                    "+62 215 551 2345",
		"+1 (202) 555-0143":               "+1 202-555-0143",
		"4930901820":                      "+49 3090 1820",
		"85212345678":                     "+852 1234 5678",
		"79161234567":                     "+7 916 123 4567",
		"4412345":                         "+44 12 345",
		"":                                "",
		"+":                               "",
		"null":                            "",
		"device-12":                       "",
		"@s.whatsapp.net":                 "",
		"120363041234567890@g.us":         "",
		"62812345678901@lid":              "",
		"1234567890123456":                "",
		"0000812345":                      "",
	}
	for raw, want := range tests {
		t.Run(raw, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := newFixture(t, whatspie.Device{Phone: raw, PairedStatus: whatspie.PairedStatusPaired})
				tab := h.open(t, "/events")
				<-tab.done
				assert.Equal(t, "connected", tab.latest().Kind)
				assert.Equal(t, want, tab.latest().Text)
			})
		})
	}
}

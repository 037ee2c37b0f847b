import Testing

@testable import SSESockets

@Suite("The mailbox", .timeLimit(.minutes(1)))
struct MailboxTests {
  @Test("A loop that is asleep is woken without the mailbox's lock, and does not end meanwhile")
  func loopIsWokenWithoutTheLock() {
    let mailbox = Mailbox()
    #expect(mailbox.fallAsleep())
    var wakes = 0
    mailbox.askToEnd {
      wakes += 1
      #expect(!mailbox.end {})
    }
    #expect(wakes == 1)
    #expect(mailbox.end {})
  }

  @Test("A loop that is asked to end, and has taken all, waits for those who are about to wake it")
  func loopWaitsForItsWakers() {
    let mailbox = Mailbox()
    #expect(mailbox.fallAsleep())
    var mail = Mailbox.Mail()
    let mustTake = leave(in: mailbox) {
      mailbox.askToEnd { Issue.record("it is awake") }
      mailbox.take(into: &mail)
      #expect(!mailbox.end {})
    }
    #expect(!mustTake)
    #expect(mail.work.count == 1)
    #expect(mailbox.end {})
  }

  @Test("Only the first that leaves something wakes a loop that is asleep")
  func firstWakes() {
    let mailbox = Mailbox()
    var wakes = 0
    #expect(mailbox.fallAsleep())
    for _ in 0..<3 { #expect(!leave(in: mailbox) { wakes += 1 }) }
    #expect(wakes == 1)
    var mail = Mailbox.Mail()
    mailbox.take(into: &mail)
    #expect(mail.work.count == 3)
    #expect(!leave(in: mailbox) { wakes += 1 })
    #expect(!mailbox.fallAsleep())
    #expect(wakes == 1)
  }

  @Test("After a loop's end, who leaves something is to take it, and nobody is woken")
  func nobodyIsWokenAfterTheEnd() {
    let mailbox = Mailbox()
    mailbox.askToEnd { Issue.record("woken while awake") }
    #expect(mailbox.end {})
    #expect(leave(in: mailbox) { Issue.record("woken after the end") })
    #expect(!mailbox.end {})
    var mail = Mailbox.Mail()
    mailbox.take(into: &mail)
    #expect(mail.work.count == 1)
    #expect(mailbox.end {})
  }

  /// True when the caller has to take it.
  private func leave(in mailbox: Mailbox, wake: () -> Void) -> Bool {
    mailbox.leave(wake: wake, { $0.work.append {} })
  }
}

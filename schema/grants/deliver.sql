GRANT EXECUTE ON PROCEDURE claim_orders TO 'tallystick-deliver'@'localhost';
GRANT EXECUTE ON PROCEDURE record_attempt TO 'tallystick-deliver'@'localhost';
